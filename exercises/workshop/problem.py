"""A mistake that a person can mend: shown as one line, without a traceback."""


class Problem(Exception):
    """`text` says what is wrong and, where there is something to do, what to do."""

    def __init__(self, text, status=1):
        super().__init__(text)
        self.status = status
