// Everything, except gosan/verify.hpp, which needs the recording library.
#pragma once

#include "gosan/chan.hpp"
#include "gosan/context.hpp"
#include "gosan/errgroup.hpp"
#include "gosan/go.hpp"
#include "gosan/panic.hpp"
#include "gosan/select.hpp"
#include "gosan/sync.hpp"
#include "gosan/time.hpp"
