// Everything.
#pragma once

#include "gosan/chan.hpp"
#include "gosan/go.hpp"
#include "gosan/panic.hpp"
#include "gosan/select.hpp"
#include "gosan/sync.hpp"
