// The programs of tests/bench/runtime in Go: `peer ROW PROCESSORS` prints "ns-per-operation bytes-per-goroutine".
// Row by row the same work as rows.cpp; change both together.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

type result struct {
	ns    float64
	bytes float64
}

func timed(ops int, body func()) result {
	start := time.Now()
	body()
	return result{ns: float64(time.Since(start).Nanoseconds()) / float64(ops)}
}

func spawn(total, batch int) result {
	return timed(total, func() {
		for done := 0; done < total; done += batch {
			var wg sync.WaitGroup
			for i := 0; i < batch; i++ {
				wg.Add(1)
				go func() { wg.Done() }()
			}
			wg.Wait()
		}
	})
}

func pingpong() result {
	const n = 500000
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v
		}
		close(pong)
	}()
	r := timed(n, func() {
		for i := 0; i < n; i++ {
			ping <- i
			<-pong
		}
	})
	close(ping)
	<-pong
	return r
}

func buffered(producers, consumers int) result {
	const n = 4000000
	c := make(chan int, 128)
	var sending, receiving sync.WaitGroup
	return timed(n, func() {
		for p := 0; p < producers; p++ {
			sending.Add(1)
			go func() {
				for i := 0; i < n/producers; i++ {
					c <- i
				}
				sending.Done()
			}()
		}
		for r := 0; r < consumers; r++ {
			receiving.Add(1)
			go func() {
				for range c {
				}
				receiving.Done()
			}()
		}
		sending.Wait()
		close(c)
		receiving.Wait()
	})
}

func select2Ready() result {
	const n = 1000000
	full, empty := make(chan int, n), make(chan int)
	for i := 0; i < n; i++ {
		full <- i
	}
	return timed(n, func() {
		for i := 0; i < n; i++ {
			select {
			case <-full:
			case <-empty:
			}
		}
	})
}

func select8Ready() result {
	const n = 1000000
	full := make(chan int, n)
	var e [7]chan int
	for i := range e {
		e[i] = make(chan int)
	}
	for i := 0; i < n; i++ {
		full <- i
	}
	return timed(n, func() {
		for i := 0; i < n; i++ {
			select {
			case <-e[0]:
			case <-e[1]:
			case <-e[2]:
			case <-full:
			case <-e[3]:
			case <-e[4]:
			case <-e[5]:
			case <-e[6]:
			}
		}
	})
}

func selectDefault() result {
	const n = 10000000
	a, b := make(chan int), make(chan int)
	return timed(n, func() {
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			default:
			}
		}
	})
}

func select2Block() result {
	const n = 500000
	a, b := make(chan int), make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			if i%2 == 0 {
				a <- i
			} else {
				b <- i
			}
		}
	}()
	return timed(n, func() {
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			}
		}
	})
}

func select8Block() result {
	const n = 500000
	var c [8]chan int
	for i := range c {
		c[i] = make(chan int)
	}
	go func() {
		for i := 0; i < n; i++ {
			c[i%8] <- i
		}
	}()
	return timed(n, func() {
		for i := 0; i < n; i++ {
			select {
			case <-c[0]:
			case <-c[1]:
			case <-c[2]:
			case <-c[3]:
			case <-c[4]:
			case <-c[5]:
			case <-c[6]:
			case <-c[7]:
			}
		}
	})
}

func mutex(goroutines int) result {
	const n = 8000000
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := 0
	return timed(n, func() {
		for g := 0; g < goroutines; g++ {
			wg.Add(1)
			go func() {
				for i := 0; i < n/goroutines; i++ {
					mu.Lock()
					count++
					mu.Unlock()
				}
				wg.Done()
			}()
		}
		wg.Wait()
	})
}

func yield() result {
	const n = 4000000
	var wg sync.WaitGroup
	return timed(n, func() {
		for g := 0; g < 2; g++ {
			wg.Add(1)
			go func() {
				for i := 0; i < n/2; i++ {
					runtime.Gosched()
				}
				wg.Done()
			}()
		}
		wg.Wait()
	})
}

func sieve() result {
	const primes = 2000
	return timed(primes, func() {
		generate := func(out chan<- int) {
			for i := 2; ; i++ {
				out <- i
			}
		}
		filter := func(in <-chan int, out chan<- int, prime int) {
			for {
				v := <-in
				if v%prime != 0 {
					out <- v
				}
			}
		}
		c := make(chan int)
		go generate(c)
		for i := 0; i < primes; i++ {
			prime := <-c
			next := make(chan int)
			go filter(c, next, prime)
			c = next
		}
	})
}

func skynetNode(c chan int, num, size int) {
	if size == 1 {
		c <- num
		return
	}
	rc := make(chan int)
	sum := 0
	for i := 0; i < 10; i++ {
		go skynetNode(rc, num+i*(size/10), size/10)
	}
	for i := 0; i < 10; i++ {
		sum += <-rc
	}
	c <- sum
}

func skynet() result {
	const n = 1000000
	return timed(n, func() {
		c := make(chan int)
		go skynetNode(c, 0, n)
		if sum := <-c; sum != n/2*(n-1) {
			panic(sum)
		}
	})
}

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return float64(pages * os.Getpagesize())
}

func park(n int) result {
	stop := make(chan struct{})
	var parked, wg sync.WaitGroup
	before := resident()
	r := timed(n, func() {
		parked.Add(n)
		wg.Add(n)
		for i := 0; i < n; i++ {
			go func() {
				parked.Done()
				<-stop
				wg.Done()
			}()
		}
		parked.Wait()
	})
	r.bytes = (resident() - before) / float64(n)
	close(stop)
	wg.Wait()
	return r
}

func batches() result { return spawn(1000000, 1000) }

func among(n int, row func() result) result {
	stop := make(chan struct{})
	var parked sync.WaitGroup
	parked.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			parked.Done()
			<-stop
		}()
	}
	parked.Wait()
	return row()
}

func main() {
	procs, _ := strconv.Atoi(os.Args[2])
	runtime.GOMAXPROCS(procs)
	rows := map[string]func() result{
		"spawn_1m":         func() result { return spawn(1000000, 1000000) },
		"spawn_batch":      func() result { return spawn(1000000, 1000) },
		"pingpong":         pingpong,
		"chan_1p1c":        func() result { return buffered(1, 1) },
		"chan_4p4c":        func() result { return buffered(4, 4) },
		"select2_ready":    select2Ready,
		"select8_ready":    select8Ready,
		"select_default":   selectDefault,
		"select2_block":    select2Block,
		"select8_block":    select8Block,
		"mutex":            func() result { return mutex(1) },
		"mutex_8g":         func() result { return mutex(8) },
		"yield":            yield,
		"sieve":            sieve,
		"skynet":           skynet,
		"pingpong_live_1k": func() result { return among(1000, pingpong) },
		"pingpong_live":    func() result { return among(1000000, pingpong) },
		"select2_live_1k":  func() result { return among(1000, select2Block) },
		"select2_live":     func() result { return among(1000000, select2Block) },
		"spawn_live_1k":    func() result { return among(1000, batches) },
		"spawn_live":       func() result { return among(1000000, batches) },
		"park_100k":        func() result { return park(100000) },
		"park_1m":          func() result { return park(1000000) },
	}
	r := rows[os.Args[1]]()
	fmt.Printf("%.3f %.1f\n", r.ns, r.bytes)
}
