import type { ASTNode } from '@marcbachmann/cel-js'
import { functions } from '../library/table.ts'
import { type CelType, celTypes, formatCelType } from '../values/cel-type.ts'
import type { CompileErrors } from './compile-errors.ts'
import type { CelNode } from './node.ts'
import type { PreparedSource } from './prepare-source.ts'
import { Bindings } from './unify.ts'

/** The names that comprehensions around a place have declared. */
export interface Scope {
  readonly name: string
  readonly type: CelType
  readonly outer: Scope | undefined
}

/** Adds a name to a scope. */
export const declared = (name: string, type: CelType, outer: Scope | undefined): Scope => ({
  name,
  type,
  outer,
})

/** What the check of one expression works on. */
export class CheckContext {
  readonly bindings = new Bindings()
  /** The variables that the expression uses. */
  readonly used = new Set<string>()
  readonly errors: CompileErrors
  readonly variables: ReadonlyMap<string, CelType>
  readonly #check: (context: CheckContext, ast: ASTNode, scope: Scope | undefined) => CelNode
  #depth = 0

  /** Where optional elements are marked that have not been met yet. */
  readonly marks: Set<number>
  /** Where messages and their fields stand. */
  readonly prepared: Pick<PreparedSource, 'messages' | 'fieldNames'>
  readonly hasPatchTypes: boolean

  constructor(
    given: {
      readonly errors: CompileErrors
      readonly variables: ReadonlyMap<string, CelType>
      readonly prepared: PreparedSource
      readonly hasPatchTypes: boolean
    },
    check: (context: CheckContext, ast: ASTNode, scope: Scope | undefined) => CelNode,
  ) {
    this.errors = given.errors
    this.variables = given.variables
    this.marks = new Set(given.prepared.marks)
    this.prepared = given.prepared
    this.hasPatchTypes = given.hasPatchTypes
    this.#check = check
  }

  check(ast: ASTNode, scope: Scope | undefined): CelNode {
    if (this.#depth >= maxDepth) {
      return this.failure(0, `expression recursion limit exceeded: ${maxDepth}`)
    }
    this.#depth++
    const node = this.#check(this, ast, scope)
    this.#depth--
    return node
  }

  /** Whether the element between two places is marked as optional. */
  takeMark(from: number, to: number): boolean {
    for (const mark of this.marks) {
      if (mark >= from && mark < to) return this.marks.delete(mark)
    }
    return false
  }

  /** Notes an error, and gives a node of any type in place of what cannot be checked. */
  failure(at: number, message: string): CelNode {
    this.errors.add(at, message)
    return { op: 'constant', type: celTypes.error, value: null }
  }

  /** Whether there is a function of this name for the expression. */
  knows(name: string): boolean {
    return functions.has(name) && (this.hasPatchTypes || !name.startsWith('jsonpatch.'))
  }

  /** A call of the overloads that the arguments fit; `shown` is the function's name in messages. */
  call(name: string, args: readonly CelNode[], at: number, isMember = false): CelNode {
    const { bindings } = this
    const named = functions.get(name) ?? []
    const candidates = named.filter(
      (overload) => overload.isMember === isMember && overload.parameters.length === args.length,
    )
    if (named.length === 0) return this.failure(at, undeclared(name))
    const attempt = (overload: (typeof named)[number]): CelType | undefined => {
      const { parameters, result } = bindings.instance(overload)
      const fits = args.every((arg, i) => bindings.assign(parameters[i] ?? arg.type, arg.type))
      return fits ? bindings.resolve(result) : undefined
    }
    const fitting = candidates.filter((o) => bindings.trial(() => attempt(o) !== undefined))
    const [first] = fitting
    if (!first) return this.failure(at, noOverload(name, this.#typesOf(args), isMember))
    if (fitting.length === 1) {
      return { op: 'call', type: attempt(first) ?? celTypes.dyn, name, overloads: fitting, args }
    }
    const results = fitting.map((o) =>
      bindings.trial(() => this.bindings.settle(attempt(o) ?? o.result)),
    )
    const [type = celTypes.dyn, ...others] = results
    const isSame = others.every((other) => formatCelType(other) === formatCelType(type))
    return { op: 'call', type: isSame ? type : celTypes.dyn, name, overloads: fitting, args }
  }

  /** Checks that a part is of a type, or notes upstream's error of an operator that is not applicable. */
  expect(
    wanted: CelType,
    part: CelNode,
    { operator, args, at }: { operator: string; args: readonly CelNode[]; at: number },
  ): void {
    if (this.bindings.assign(wanted, part.type)) return
    this.failure(at, noOverload(operator, this.#typesOf(args), false))
  }

  #typesOf(args: readonly CelNode[]): readonly string[] {
    return args.map(({ type }) => formatCelType(this.bindings.settle(type)))
  }
}

const maxDepth = 1000

/** Upstream's message on a name that nothing has declared. */
export const undeclared = (name: string): string =>
  `undeclared reference to '${name}' (in container '')`

function noOverload(name: string, types: readonly string[], isMember: boolean): string {
  const [receiver = '', ...rest] = types
  const applied = isMember ? `${receiver}.(${rest.join(', ')})` : `(${types.join(', ')})`
  return `found no matching overload for '${name}' applied to '${applied}'`
}
