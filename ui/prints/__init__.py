"""What goes to paper: vouchers and reports, painted alike for a PDF and for a printer."""
