"""The rest of each queue's day on screens: inputs that workers send, and the projections made of them here."""
