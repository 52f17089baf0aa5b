import { type CelType, parseCelType, splitTypes } from './cel-type.ts'
import type { CelValue } from './values.ts'

/** One form of a function: what it takes, what it gives, and what it does. */
export interface Overload {
  readonly name: string
  /** Whether it is called on its first parameter. */
  readonly isMember: boolean
  readonly parameters: readonly CelType[]
  readonly result: CelType
  call(args: readonly CelValue[]): CelValue
}

/** Functions by name; the operators are among them, named as upstream does (`_+_`). */
export type FunctionTable = ReadonlyMap<string, readonly Overload[]>

/**
 * Makes an overload of a signature, `string.charAt(int): string` for a method and `ip.isCanonical(string): bool`
 * for a function with a dot in its name, and of a function whose parameters are of those types.
 */
export function overload(signature: string, call: (...args: never[]) => CelValue): Overload {
  const [, head = '', parameterText = '', resultText = ''] =
    /^([^(]+)\(([^)]*)\): (.+)$/.exec(signature) ?? []
  const dot = head.lastIndexOf('.')
  const receiver = dot < 0 ? undefined : parseCelType(head.slice(0, dot))
  const parameters = splitTypes(parameterText).map(known)
  return {
    name: receiver ? head.slice(dot + 1) : head,
    isMember: receiver !== undefined,
    parameters: receiver ? [receiver, ...parameters] : parameters,
    result: known(resultText),
    // Cast: who calls has matched the arguments against the parameters.
    call: (args) => call(...(args as never[])),
  }
}

function known(text: string): CelType {
  const type = parseCelType(text)
  if (type) return type
  throw new Error(`no type of CEL: ${text}`)
}

/** Gathers overloads by name. */
export function functionTable(overloads: readonly Overload[]): FunctionTable {
  return Map.groupBy(overloads, ({ name }) => name)
}
