"""Papers: any view as a file to hand over. The ending of its name decides the form: sheet, page, PDF, text, data.

Law: a paper says what its rows say and nothing else. The same paper gives the same bytes, on any day and on any machine
with the same packages. What is missing is an empty cell, never a zero; and text is text, whatever it looks like.
"""
