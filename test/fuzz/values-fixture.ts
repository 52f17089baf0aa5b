import { apiSchema } from '#api'
import { type Random, randomInt } from '#lib'
import type { FieldSchema, FieldType, ScalarForm } from '#machinery/schema'

/** What chance can choose. */
export interface Chance {
  /** A whole number in [0, bound). */
  int(bound: number): number
  one<T>(items: readonly T[]): T
  /** True once in so many times. */
  rarely(times: number): boolean
}

export function createChance(random: Random): Chance {
  const int = (bound: number) => randomInt(random, bound)
  return {
    int,
    // Cast: an index of it.
    one: <T>(items: readonly T[]) => items[int(items.length)] as T,
    rarely: (times) => int(times) === 0,
  }
}

/** Names that requests share, so that they meet. */
export const names = [
  'a',
  'b',
  'c',
  'web',
  'web-0',
  'kubernetes',
  'default',
  'seed',
  'x.example.com',
]

/** So many values are made for one object, however its type refers to itself. */
const maxValues = 150

/** Makes values by the schema of their types, most of them valid, some of them anything else. */
export function createValues(chance: Chance) {
  const { int, one, rarely } = chance

  function ofType(name: string): Record<string, unknown> {
    return objectOf(name, { left: maxValues }, 0)
  }

  function objectOf(name: string, budget: Budget, depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = {}
    if (depth > 8) return found
    for (const field of apiSchema.type(name)?.fields ?? []) {
      const wanted = field.isOptional ? rarely(2 + depth) : !rarely(30)
      if (!wanted || budget.left <= 0) continue
      found[field.name] = fieldValue(field, budget, depth)
    }
    return found
  }

  function fieldValue(field: FieldSchema, budget: Budget, depth: number): unknown {
    if (field.enum && !rarely(8)) return one(field.enum)
    return valueFor(field.type, budget, depth)
  }

  function valueFor(type: FieldType, budget: Budget, depth: number): unknown {
    budget.left--
    switch (type.kind) {
      case 'scalar':
        return scalars[type.scalar](chance)
      case 'ref':
        return objectOf(type.name, budget, depth + 1)
      case 'list':
        return Array.from({ length: int(4) }, () => valueFor(type.element, budget, depth + 1))
      case 'map': {
        const keys = Array.from({ length: int(3) }, () => text(chance))
        return Object.fromEntries(keys.map((key) => [key, valueFor(type.value, budget, depth + 1)]))
      }
    }
  }

  /** Something that nobody asked for. */
  function odd(): unknown {
    return one(oddities)(chance)
  }

  /** A value with one member changed, at any depth. */
  function mutated(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || rarely(5)) return odd()
    const copy: unknown = Array.isArray(value) ? [...value] : { ...value }
    // Cast: an object or a list, both of which have members.
    const members = copy as Record<string, unknown>
    const name = one(Object.keys(members))
    if (name === undefined || rarely(8)) {
      members[one(['unknown', '', '__proto__', 'constructor'])] = odd()
    } else if (rarely(4)) delete members[name]
    else members[name] = mutated(members[name])
    return copy
  }

  return { ofType, odd, mutated, text: () => text(chance) }
}

export type Values = ReturnType<typeof createValues>

interface Budget {
  left: number
}

const texts = [
  '',
  ' ',
  '*',
  '/',
  '-',
  '..',
  'A'.repeat(300),
  'ä€😀',
  '\u0000',
  '\ud800',
  'a b',
  'true',
  '1',
]
const useful = [
  ...names,
  'v1',
  'apps/v1',
  'Pod',
  'nginx:1.27',
  'app=web',
  'app.kubernetes.io/name',
  'http',
  'TCP',
  '10.96.0.7',
  '10.0.0.0/8',
  'fd00::1',
  'RollingUpdate',
  'Always',
  'metadata.name',
  '*/5 * * * *',
  'Europe/Berlin',
  '$(A)',
  'self.size() > 1',
  'object.spec.replicas < 5',
  'a.all(x, b.exists(y, x == y))',
  '^(a+)+$',
]

function text({ one, rarely }: Chance): string {
  return one(rarely(6) ? texts : useful)
}

function integer({ one, rarely, int }: Chance): unknown {
  return rarely(4) ? one([-1, 2 ** 31, -(2 ** 31), 2 ** 53 + 2, 1e21, 1.5, -0]) : int(100)
}

const scalars: Readonly<Record<ScalarForm, (chance: Chance) => unknown>> = {
  bool: ({ one }) => one([true, false]),
  bytes: ({ one }) => one(['', 'YQ==', 'YQ', '%%%', Buffer.from('text').toString('base64')]),
  double: ({ one }) => one([0, 1.5, -1, 1e300]),
  int32: integer,
  int64: integer,
  string: text,
  quantity: ({ one }) =>
    one(['1', '100m', '64Mi', '1e3', '-1', '0', '1Zi', '1e9999', '1.0000000001', 5]),
  intOrString: ({ one }) => one([80, 'http', '50%', '150%', -1, 70000, '']),
  time: ({ one }) => one(['2026-01-02T03:04:05Z', null, '2026-13-02T03:04:05Z', 'now']),
  microTime: ({ one }) => one(['2026-01-02T03:04:05.000006Z', null, 'now']),
  duration: ({ one }) => one(['1m30s', '0', '-1h', 'soon']),
  rawExtension: ({ one }) => one([{}, { apiVersion: 'v1', kind: 'ConfigMap' }, null, { a: [1] }]),
  fieldsV1: ({ one }) => one([{}, { 'f:data': { 'f:a': {} } }, { 'k:{': {} }, null]),
  json: ({ one }) => one([null, true, 0, 'a', [], {}, { a: { b: [null] } }]),
  stringList: ({ one }) => one([[], ['a'], ['a', '']]),
}

const oddities: readonly ((chance: Chance) => unknown)[] = [
  () => null,
  () => -1,
  () => 1e99,
  () => 2 ** 63,
  () => [],
  () => ({}),
  () => true,
  () => '',
  () => 'x'.repeat(5000),
  () => [[[[[[[[]]]]]]]],
  () => ({ a: null, b: [null] }),
  (chance) => text(chance),
  (chance) => [text(chance), { [text(chance)]: text(chance) }],
]
