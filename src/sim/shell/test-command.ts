interface FileFacts {
  readonly kind: 'file' | 'directory' | undefined
  readonly size: number
}

/** `test` and `[`: files, texts and numbers, with `!`, `-a` and `-o`. */
export function testHolds(args: readonly string[], file: (path: string) => FileFacts): boolean {
  const or = args.findIndex((arg) => arg === '-o' || arg === '||')
  if (or > 0) return testHolds(args.slice(0, or), file) || testHolds(args.slice(or + 1), file)
  const and = args.findIndex((arg, index) => index > 0 && (arg === '-a' || arg === '&&'))
  if (and > 0) return testHolds(args.slice(0, and), file) && testHolds(args.slice(and + 1), file)
  const [first = '', second = '', third] = args
  if (first === '!' && args.length > 1) return !testHolds(args.slice(1), file)
  if (args.length === 1) return first !== ''
  if (args.length === 2) return unary(first, second, file)
  return binary(first, second, third ?? '')
}

function unary(operator: string, value: string, file: (path: string) => FileFacts): boolean {
  switch (operator) {
    case '-n':
      return value !== ''
    case '-z':
      return value === ''
    case '-d':
      return file(value).kind === 'directory'
    case '-f':
      return file(value).kind === 'file'
    case '-e':
    case '-r':
    case '-w':
    case '-x':
      return file(value).kind !== undefined
    case '-s':
      return file(value).size > 0
    default:
      return false
  }
}

function binary(a: string, operator: string, b: string): boolean {
  switch (operator) {
    case '=':
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '-eq':
      return Number(a) === Number(b)
    case '-ne':
      return Number(a) !== Number(b)
    case '-lt':
      return Number(a) < Number(b)
    case '-le':
      return Number(a) <= Number(b)
    case '-gt':
      return Number(a) > Number(b)
    case '-ge':
      return Number(a) >= Number(b)
    default:
      return false
  }
}
