"""`python -m zhitong.cli`."""

from zhitong.cli import main

if __name__ == "__main__":
    main()
