"""The use cases: functions of a unit of work that change facts and never commit."""
