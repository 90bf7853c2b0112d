"""What the same job costs with the field's standard tools: plain Django REST framework over a twin table."""
