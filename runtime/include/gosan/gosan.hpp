// Everything but gosan/testing.hpp, which belongs to GoogleTest suites.
#pragma once

#include "gosan/chan.hpp"
#include "gosan/context.hpp"
#include "gosan/debug.hpp"
#include "gosan/errgroup.hpp"
#include "gosan/go.hpp"
#include "gosan/panic.hpp"
#include "gosan/select.hpp"
#include "gosan/sync.hpp"
#include "gosan/time.hpp"
#include "gosan/verify.hpp"
