// Two threads that meet at a mutex, which is no race; with the argument `race` they meet at nothing, which is one.
import Glibc
import Synchronization

nonisolated(unsafe) var unguarded = 0
let guarded = Mutex([0])
let races = CommandLine.arguments.dropFirst().first == "race"

func work(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    for number in 0..<20_000 {
        if races { unguarded += 1 }
        guarded.withLock { list in
            list.append(number)
            if list.count > 100 { list = [] }
        }
    }
    return nil
}

var threads = [pthread_t](repeating: 0, count: 4)
for place in threads.indices { pthread_create(&threads[place], nil, work, nil) }
for thread in threads { pthread_join(thread, nil) }
