"""`python -m musespark`."""

from musespark.cli import main

if __name__ == "__main__":
    main()
