// What the pages gain from script; all of them work without it.
