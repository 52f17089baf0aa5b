import type { CelType } from '../values/cel-type.ts'
import type { Overload } from '../values/overload.ts'
import type { CelValue } from '../values/values.ts'

/** What is done with each element of a range. */
export type FoldKind =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'list'
  | 'map'
  | 'entries'
  | 'sortBy'

/** A checked expression, with the macros resolved and a type for every part. */
export type CelNode =
  | { readonly op: 'constant'; readonly type: CelType; readonly value: CelValue }
  | { readonly op: 'variable'; readonly type: CelType; readonly name: string }
  | SelectNode
  | CallNode
  | { readonly op: 'and' | 'or'; readonly type: CelType; readonly terms: readonly CelNode[] }
  | {
      readonly op: 'conditional'
      readonly type: CelType
      readonly condition: CelNode
      readonly yes: CelNode
      readonly no: CelNode
    }
  | {
      readonly op: 'list'
      readonly type: CelType
      readonly elements: readonly CelNode[]
      /** Which elements are optional values, and add what they hold. */
      readonly optional?: readonly boolean[]
    }
  | {
      readonly op: 'map'
      readonly type: CelType
      readonly entries: readonly (readonly [CelNode, CelNode])[]
      readonly optional?: readonly boolean[]
    }
  | MessageNode
  | FoldNode
  | {
      readonly op: 'bind'
      readonly type: CelType
      readonly name: string
      readonly value: CelNode
      readonly body: CelNode
    }
  | {
      readonly op: 'optionalMap'
      readonly type: CelType
      readonly name: string
      readonly operand: CelNode
      readonly body: CelNode
      /** Whether the body gives an optional itself. */
      readonly isFlat: boolean
    }

/** A field of an object or a key of a map, or with `has` whether it is there. */
export interface SelectNode {
  readonly op: 'select' | 'has' | 'optionalSelect'
  readonly type: CelType
  readonly operand: CelNode
  readonly field: string
}

/** A call of a function or an operator; `overloads` are those that may be meant. */
export interface CallNode {
  readonly op: 'call'
  readonly type: CelType
  readonly name: string
  readonly overloads: readonly Overload[]
  readonly args: readonly CelNode[]
}

/** Something done with each element of a list, or key of a map. */
export interface FoldNode {
  readonly op: 'fold'
  readonly type: CelType
  readonly kind: FoldKind
  readonly range: CelNode
  /** One name for elements or keys, or two for index and element, or key and value. */
  readonly names: readonly string[]
  /** Elements for which it does not hold are left out. */
  readonly filter?: CelNode
  readonly body: CelNode
}

/** A message that is written out: `Object.spec{replicas: 1}`. */
export interface MessageNode {
  readonly op: 'message'
  readonly type: CelType
  readonly name: string
  readonly fields: readonly MessageField[]
}

/** A field of a message; an optional one is left out where its value holds nothing. */
interface MessageField {
  readonly name: string
  readonly value: CelNode
  readonly isOptional: boolean
}
