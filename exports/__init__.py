"""The books written for other programs: tables as CSV and XLSX, the journal for plain-text accounting and as JSON."""
