"""The script SageMaker starts: copied to the root of the source archive, beside the packages it imports."""

import sys

from training.job import main

if __name__ == "__main__":
    sys.exit(main())
