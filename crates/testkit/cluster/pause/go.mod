module podfs.test/pause

go 1.26.0
