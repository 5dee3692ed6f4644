"""E-invoices: UBL 2.1 by EN 16931 and Peppol BIS 3 in, the Peppol Invoice Response out."""
