import { type CelType, type CelValue, compileRule } from './index.ts'

/** Variables that the tests' expressions may use, with their values. */
export interface Variable {
  readonly type: CelType
  readonly value: CelValue
}

/** What an expression gives, or `error: …` of its compilation or evaluation. */
export function outcome(
  source: string,
  variables: Readonly<Record<string, Variable>> = {},
): CelValue | string {
  const entries = Object.entries(variables)
  const compiled = compileRule(source, {
    variables: Object.fromEntries(entries.map(([name, { type }]) => [name, type])),
  })
  if ('error' in compiled) return `error: ${compiled.error}`
  const result = compiled.evaluate(
    Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
  )
  return 'error' in result ? `error: ${result.error}` : result.value
}

/** What an expression without variables costs. */
export function costOf(source: string, variables: Readonly<Record<string, Variable>> = {}): number {
  const entries = Object.entries(variables)
  const compiled = compileRule(source, {
    variables: Object.fromEntries(entries.map(([name, { type }]) => [name, type])),
  })
  if ('error' in compiled) throw new Error(compiled.error)
  return compiled.evaluate(Object.fromEntries(entries.map(([name, { value }]) => [name, value])))
    .cost
}
