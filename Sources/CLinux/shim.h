#pragma once
// What the C library has and the Swift module of it does not show, since its header asks for _GNU_SOURCE.

// syncfs(2): everything that was written to the file system of an open file is durable when it returns 0.
int syncfs(int descriptor);
