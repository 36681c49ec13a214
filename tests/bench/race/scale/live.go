// The same as live.cpp in Go, for `go build -race`; change both together.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return float64(pages * os.Getpagesize())
}

func row(name string, operations int, body func()) {
	start := time.Now()
	body()
	fmt.Printf("%s %.1f\n", name, float64(time.Since(start).Nanoseconds())/float64(operations))
}

func spawnBatches(batches int) {
	for b := 0; b < batches; b++ {
		var all sync.WaitGroup
		for i := 0; i < 1000; i++ {
			all.Add(1)
			go func() { all.Done() }()
		}
		all.Wait()
	}
}

func passItems(n int) {
	c := make(chan int, 128)
	go func() {
		for i := 0; i < n; i++ {
			c <- i
		}
	}()
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-c
	}
	if sum != n*(n-1)/2 {
		panic("lost items")
	}
}

var m sync.Mutex
var x [8]int

func accessAfterUnlock(n int) {
	for i := 0; i < n; i++ {
		m.Lock()
		x[i&7] += i
		m.Unlock()
	}
}

//go:noinline
func accessKnown(n int) {
	for i := 0; i < n; i++ {
		x[i&7] = i
	}
}

var config int64 = 1
var sum int64

func share() {
	atomic.AddInt64(&sum, config)
	m.Lock()
	m.Unlock()
}

func main() {
	live := 100
	if len(os.Args) > 1 {
		live, _ = strconv.Atoi(os.Args[1])
	}
	stop := make(chan struct{})
	var parked, all sync.WaitGroup
	parked.Add(live)
	all.Add(live)
	before := resident()
	row("create_and_park_ns", live, func() {
		for i := 0; i < live; i++ {
			go func() {
				parked.Done()
				<-stop
				share()
				all.Done()
			}()
		}
		parked.Wait()
	})
	fmt.Printf("bytes_per_parked %.0f\n", (resident()-before)/float64(live))
	row("spawn_ns", 200000, func() { spawnBatches(200) })
	row("buffered_item_ns", 1000000, func() { passItems(1000000) })
	row("lock_access_unlock_ns", 1000000, func() { accessAfterUnlock(1000000) })
	row("known_access_ns", 20000000, func() { accessKnown(20000000) })
	row("share_and_end_ns", live, func() {
		close(stop)
		all.Wait()
	})
}
