"""The LaTeX names that formulas of the ledger may use, and the characters they stand for."""

from string import ascii_letters, ascii_uppercase

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

VARIABLES = {f"\\{name}": letter for name, letter in _GREEK.items()} | {
    r"\infty": "∞", r"\emptyset": "∅", r"\varnothing": "∅", r"\ell": "ℓ", r"\partial": "∂", r"\nabla": "∇",
    r"\top": "⊤", r"\bot": "⊥", r"\dots": "…", r"\ldots": "…", r"\cdots": "⋯",
}  # fmt: skip

FUNCTIONS = {f"\\{name}": name for name in ("log", "exp", "ln", "sin", "cos", "tan", "dim", "det", "arg", "deg", "ker")}

LARGE_OPERATORS = {
    r"\sum": "∑", r"\prod": "∏", r"\bigcup": "⋃", r"\bigcap": "⋂",
    r"\min": "min", r"\max": "max", r"\inf": "inf", r"\sup": "sup", r"\lim": "lim", r"\Pr": "Pr",
}  # fmt: skip

OPERATORS = {symbol: symbol for symbol in "+=<>()[]|,;:!/."} | {
    "-": "−", "*": "∗", "~": "\u00a0",
    r"\{": "{", r"\}": "}", r"\|": "‖", r"\langle": "⟨", r"\rangle": "⟩", r"\lfloor": "⌊", r"\rfloor": "⌋",
    r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥", r"\ne": "≠", r"\neq": "≠", r"\ll": "≪", r"\gg": "≫",
    r"\approx": "≈", r"\equiv": "≡", r"\sim": "∼", r"\simeq": "≃", r"\cong": "≅", r"\propto": "∝", r"\coloneqq": "≔",
    r"\in": "∈", r"\notin": "∉", r"\ni": "∋", r"\subset": "⊂", r"\subseteq": "⊆", r"\subsetneq": "⊊",
    r"\supset": "⊃", r"\supseteq": "⊇", r"\cup": "∪", r"\cap": "∩", r"\setminus": "∖", r"\forall": "∀",
    r"\exists": "∃", r"\nexists": "∄", r"\neg": "¬", r"\land": "∧", r"\lor": "∨", r"\wedge": "∧", r"\vee": "∨",
    r"\to": "→", r"\rightarrow": "→", r"\leftarrow": "←", r"\mapsto": "↦", r"\Rightarrow": "⇒", r"\implies": "⟹",
    r"\Leftarrow": "⇐", r"\iff": "⟺", r"\Leftrightarrow": "⇔", r"\leftrightarrow": "↔",
    r"\nearrow": "↗", r"\searrow": "↘",
    r"\uparrow": "↑", r"\downarrow": "↓", r"\times": "×", r"\cdot": "⋅", r"\circ": "∘", r"\pm": "±", r"\mp": "∓",
    r"\oplus": "⊕", r"\otimes": "⊗", r"\odot": "⊙", r"\ast": "∗", r"\star": "⋆", r"\mid": "∣", r"\nmid": "∤",
    r"\perp": "⊥", r"\parallel": "∥", r"\int": "∫", r"\colon": ":", r"\vert": "|", r"\Vert": "‖", r"\%": "%",
    r"\#": "#", r"\&": "&", r"\_": "_", r"\lVert": "‖", r"\rVert": "‖", r"\lvert": "|", r"\rvert": "|",
    r"\models": "⊨", r"\vdash": "⊢", r"\square": "□", r"\blacksquare": "■", r"\indep": "⫫", r"\prime": "′",
}  # fmt: skip

SPACES = {r"\,": "0.1667em", r"\:": "0.2222em", r"\;": "0.2778em", r"\!": "-0.1667em", "\\ ": "0.25em",
          r"\quad": "1em", r"\qquad": "2em"}  # fmt: skip

ACCENTS = {r"\tilde": "~", r"\widetilde": "~", r"\hat": "^", r"\widehat": "^", r"\bar": "¯", r"\overline": "¯",
           r"\vec": "→", r"\dot": "˙"}  # fmt: skip

# Unicode keeps some letters of these alphabets outside their block
_DOUBLE_STRUCK = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
_SCRIPT = {"B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ"}

ALPHABETS = {
    r"\mathbb": {letter: chr(0x1D538 + n) for n, letter in enumerate(ascii_uppercase)} | _DOUBLE_STRUCK | {"1": "𝟙"},
    r"\mathcal": {letter: chr(0x1D49C + n) for n, letter in enumerate(ascii_uppercase)} | _SCRIPT,
    r"\mathsf": {letter: letter for letter in ascii_letters},
}
