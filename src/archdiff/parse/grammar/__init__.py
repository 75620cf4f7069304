"""How torch prints settings, lines, layers, trees and recipes, and back."""
