/** `$((…))`: whole numbers, `+ - * / %`, comparisons, brackets, names of variables. */
export function arithmetic(text: string, variable: (name: string) => string): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|\$[A-Za-z_]\w*|[<>=!]=|&&|\|\||[-+*/%()<>!]/g) ?? []
  let at = 0
  const levels: readonly (readonly string[])[] = [
    ['||'],
    ['&&'],
    ['==', '!='],
    ['<', '>', '<=', '>='],
    ['+', '-'],
    ['*', '/', '%'],
  ]
  const binary = (level: number): number => {
    const operators = levels[level]
    if (!operators) return unary()
    let left = binary(level + 1)
    while (operators.includes(tokens[at] ?? '')) {
      const operator = tokens[at++] ?? ''
      left = apply(operator, left, binary(level + 1))
    }
    return left
  }
  const unary = (): number => {
    const token = tokens[at++] ?? '0'
    if (token === '-') return -unary()
    if (token === '+') return unary()
    if (token === '!') return unary() === 0 ? 1 : 0
    if (token === '(') {
      const inner = binary(0)
      at++
      return inner
    }
    if (/^\d/.test(token)) return Number(token)
    return Number.parseInt(variable(token.replace('$', '')), 10) || 0
  }
  return binary(0)
}

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? 0 : Math.trunc(a / b)
    case '%':
      return b === 0 ? 0 : a % b
    case '&&':
      return Number(a !== 0 && b !== 0)
    case '||':
      return Number(a !== 0 || b !== 0)
    default:
      return Number(compare(operator, a, b))
  }
}

function compare(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '<=':
      return a <= b
    default:
      return a >= b
  }
}
