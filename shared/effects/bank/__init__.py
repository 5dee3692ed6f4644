"""The bank: orders become files, answers become events; nothing is paid twice, and nothing is lost."""
