"""What all lean on: values, money, calendars, payers, reasons; pure, without a driver, a clock or chance."""
