/** The parts of a shell script as plain JSON. */

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  /** `$NAME`, `${NAME:-word}`; `name` may be a digit, `?`, `$`, `!`, `@`, `*` or `#`. */
  | {
      readonly kind: 'variable'
      readonly name: string
      /** An element of an array: its subscript, or all of them (`@`, `*`). */
      readonly index?: Word | '@' | '*'
      /** `${!NAME}`: the variable whose name this one holds. */
      readonly isIndirect?: true
      readonly operator?: string
      /** What stands behind the operator: a word, a pattern, or where a part begins. */
      readonly word?: Word
      /** What replaces a pattern, or how long a part is. */
      readonly second?: Word
      readonly quoted: boolean
    }
  | { readonly kind: 'command'; readonly body: Script; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly text: Word; readonly quoted: boolean }

/** One word before expansion. */
export type Word = readonly Part[]

export interface Redirect {
  /** A digit; both outputs are two redirects. */
  readonly from: number
  readonly operator: '<' | '<&' | '>' | '>>' | '>&' | '<<<' | '<<'
  /** Of `<<` the text itself. */
  readonly target: Word
}

export interface SimpleCommand {
  readonly kind: 'simple'
  readonly assignments: readonly (readonly [name: string, value: Word])[]
  /** `NAME=(WORDS)`, and with `+=` words that are added. */
  readonly arrays?: readonly ArrayAssignment[]
  /** `[[ … ]]`: its words are neither split nor taken for names of files. */
  readonly isConditional?: true
  readonly words: readonly Word[]
  readonly redirects: readonly Redirect[]
}

export interface ArrayAssignment {
  readonly name: string
  readonly words: readonly Word[]
  readonly adds: boolean
}

export type Command =
  | SimpleCommand
  /** `(( … ))`. */
  | { readonly kind: 'arithmetic'; readonly text: Word }
  /** `for ((FIRST; TEST; STEP))`. */
  | {
      readonly kind: 'count'
      readonly first: Word
      readonly test: Word
      readonly step: Word
      readonly body: Script
    }
  | { readonly kind: 'if'; readonly clauses: readonly IfClause[]; readonly otherwise?: Script }
  | {
      readonly kind: 'while'
      readonly until: boolean
      readonly test: Script
      readonly body: Script
    }
  | {
      readonly kind: 'for'
      readonly name: string
      readonly words?: readonly Word[]
      readonly body: Script
    }
  | { readonly kind: 'case'; readonly word: Word; readonly clauses: readonly CaseClause[] }
  | { readonly kind: 'group'; readonly body: Script; readonly redirects: readonly Redirect[] }
  | { readonly kind: 'subshell'; readonly body: Script; readonly redirects: readonly Redirect[] }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command }

export interface IfClause {
  readonly test: Script
  readonly body: Script
}

export interface CaseClause {
  readonly patterns: readonly Word[]
  readonly body: Script
}

/** Commands joined by `|`, perhaps negated. */
export interface Pipeline {
  readonly negated: boolean
  readonly commands: readonly Command[]
}

/** Pipelines joined by `&&` and `||`. */
export interface AndOr {
  readonly first: Pipeline
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[]
  readonly background: boolean
}

export type Script = readonly AndOr[]

/** What ends a shell, with a line that says why. */
export class ShellError extends Error {
  override readonly name: string = 'ShellError'
  readonly status: number

  constructor(message: string, status = 2) {
    super(message)
    this.status = status
  }
}

/** What a shell says of an error that ends it; brackets too deep and texts too long end it as well. */
export function complaintOf(error: unknown): Pick<ShellError, 'message' | 'status'> {
  if (error instanceof ShellError) return error
  if (error instanceof RangeError) return { message: 'Out of space', status: 2 }
  throw error
}

/** What `sh` prints for a script that it cannot read. */
export class ShellSyntaxError extends ShellError {
  override readonly name = 'ShellSyntaxError'
  /** More text might make it whole. */
  readonly isIncomplete: boolean

  constructor(message: string, isIncomplete = false) {
    super(message)
    this.isIncomplete = isIncomplete
  }
}
