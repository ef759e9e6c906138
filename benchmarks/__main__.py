"""`make bench`: every measurement, one after the other."""

from benchmarks import posting, start

if __name__ == "__main__":
    posting.main()
    start.main()
