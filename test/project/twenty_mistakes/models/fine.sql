select n, at from ok
