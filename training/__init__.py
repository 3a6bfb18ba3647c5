"""What runs inside the training container: a drop's canonical rows in; a packed, judged and checked model out."""
