"""`python -m intervalwatch`, where the console script is not on PATH."""

from intervalwatch.main import main

if __name__ == "__main__":
    main()
