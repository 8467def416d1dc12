"""The desk's pages of the registry 登记: files in, people, repeated rows, wishes to travel."""
