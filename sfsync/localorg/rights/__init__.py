"""Who may do what: profiles and permission sets down to object and field, and sharing by owner."""
