// Clang's thread-safety attributes under the project's prefix; nothing for other compilers.
// Word for word those of sched/annotations.hpp, so that both may be included.
#pragma once

#if defined(__clang__)
#define GOSAN_TS(x) __attribute__((x))
#else
#define GOSAN_TS(x)
#endif
#define GOSAN_CAPABILITY(name) GOSAN_TS(capability(name))
#define GOSAN_SCOPED_CAPABILITY GOSAN_TS(scoped_lockable)
#define GOSAN_GUARDED_BY(mu) GOSAN_TS(guarded_by(mu))
#define GOSAN_REQUIRES(...) GOSAN_TS(requires_capability(__VA_ARGS__))
#define GOSAN_EXCLUDES(...) GOSAN_TS(locks_excluded(__VA_ARGS__))
#define GOSAN_ACQUIRE(...) GOSAN_TS(acquire_capability(__VA_ARGS__))
#define GOSAN_TRY_ACQUIRE(...) GOSAN_TS(try_acquire_capability(__VA_ARGS__))
#define GOSAN_RELEASE(...) GOSAN_TS(release_capability(__VA_ARGS__))
// For the few functions whose locking the analysis cannot follow; each says why.
#define GOSAN_NO_ANALYSIS GOSAN_TS(no_thread_safety_analysis)
