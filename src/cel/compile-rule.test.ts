import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf, outcome } from './cel-fixture.ts'
import {
  authorizerValue,
  celTypes,
  celValueOf,
  compileRule,
  formatCelType,
  listType,
  mapType,
  objectBudget,
  objectType,
  opaqueType,
  perCallLimit,
  requestResourceValue,
} from './index.ts'

const spec = objectType('object.spec', {
  replicas: celTypes.int,
  name: celTypes.string,
  labels: mapType(celTypes.string, celTypes.string),
  ports: listType(celTypes.int),
  'a-b': celTypes.bool,
})
const self = objectType('object', { spec })

const errorOf = (source: string): string => {
  const compiled = compileRule(source, { variables: { self } })
  return 'error' in compiled ? compiled.error : `compiled: ${formatCelType(compiled.checkedType)}`
}

test('what does not compile is reported at its place, in the words of upstream', () => {
  assert.equal(
    errorOf('self.spec.replica > 1'),
    "compilation failed: ERROR: <input>:1:10: undefined field 'replica'\n | self.spec.replica > 1\n | .........^",
  )
  assert.equal(
    errorOf('1 == 1 &&\n  self.spec.name > 1'),
    "compilation failed: ERROR: <input>:2:18: found no matching overload for '_>_' applied to '(string, int)'\n |   self.spec.name > 1\n | .................^",
  )
  assert.equal(
    errorOf('foo.bar || self.spec.name.startsWith(1)'),
    [
      "compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar || self.spec.name.startsWith(1)\n | ^",
      "ERROR: <input>:1:37: found no matching overload for 'startsWith' applied to 'string.(int)'\n | foo.bar || self.spec.name.startsWith(1)\n | ....................................^",
    ].join('\n'),
  )
})

test('what is written is checked against its types', () => {
  const messages: Readonly<Record<string, string>> = {
    'nothing(1)': "undeclared reference to 'nothing' (in container '')",
    'self.spec.replicas.x': "type 'int' does not support field selection",
    '[1, "a"]': "expected type 'int' but found 'string'",
    'true ? 1 : "a"': "found no matching overload for '_?_:_' applied to '(bool, int, string)'",
    'self.spec.replicas.all(x, true)':
      "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    '[1].all(1, true)': 'Syntax error: all(var, predicate) invalid predicate iteration variable',
    '[1].all(x, x, true)': 'duplicate variable name: x',
    'has(self)': 'invalid argument to has() macro',
    '"a".matches("(")': 'invalid matches argument',
    'timestamp("x")': 'invalid timestamp argument',
    'duration("x")': 'invalid duration argument',
    'size(1, ?2)': 'Syntax error: unexpected token: QUESTION',
    '[?1]': "expected type 'optional_type(dyn)' but found 'int'",
    '1 +': 'Syntax error: unexpected token: EOF',
    'self.spec == 1': "found no matching overload for '_==_' applied to '(object.spec, int)'",
    'self.spec.labels.a + 1': "found no matching overload for '_+_' applied to '(string, int)'",
    '[1].filter(x, x)': "found no matching overload for '_?_:_' applied to '(int, bool, bool)'",
  }
  for (const [source, message] of Object.entries(messages)) {
    assert.match(errorOf(source), new RegExp(`: ${RegExp.escape(message)}\n`), source)
  }
})

test('the type of what an expression gives is known before it runs', () => {
  const types: Readonly<Record<string, string>> = {
    'self.spec.ports.map(p, string(p))': 'list(string)',
    'self.spec.labels.transformMap(k, v, size(v))': 'map(string, int)',
    'self.spec.?name': 'optional_type(string)',
    'self.spec.?labels.orValue({})': 'map(string, string)',
    '[] + [1]': 'list(int)',
    'cel.bind(x, self.spec, x.replicas + 1)': 'int',
    'quantity("1")': 'kubernetes.Quantity',
    'dyn(1)': 'dyn',
    'type(1)': 'type(int)',
    'self.spec.a__dash__b': 'bool',
  }
  for (const [source, type] of Object.entries(types)) {
    assert.equal(errorOf(source), `compiled: ${type}`)
  }
})

test('an expression that gives another type than wanted is refused', () => {
  const compiled = compileRule('1', { variables: {}, returns: celTypes.bool })
  assert.deepEqual(compiled, { error: 'must evaluate to bool', wrongResult: true })
  assert.ok(
    'evaluate' in compileRule('"a"', { variables: {}, returns: [celTypes.bool, celTypes.string] }),
  )
})

test('has() knows fields that are absent, and are an error to read', () => {
  const value = celValueOf(self, { spec: { replicas: 3, name: null, 'a-b': true } })
  const variables = { self: { type: self, value } }
  assert.equal(outcome('has(self.spec.replicas) && !has(self.spec.name)', variables), true)
  assert.equal(outcome('self.spec.a__dash__b && self.spec.replicas + 1 == 4', variables), true)
  assert.equal(outcome('self.spec.name', variables), 'error: no such key: name')
  assert.equal(outcome('self.spec.?name.orValue("none")', variables), 'none')
})

test('costs are those of upstream', () => {
  const value = celValueOf(self, { spec: { replicas: 3, name: 'x'.repeat(100), ports: [1, 2, 3] } })
  const variables = { self: { type: self, value } }
  const costs: Readonly<Record<string, number>> = {
    '1': 0,
    self: 1,
    'self.spec.replicas': 3,
    'has(self.spec)': 1,
    'self.spec.replicas > 1': 4,
    'self.spec.ports[0]': 4,
    'self.spec.ports.all(x, true)': 13,
    'self.spec.ports.exists(x, x == 3)': 22,
    'self.spec.ports.map(x, x)': 43,
    'self.spec.name.contains("abcdefghijk")': 23,
    'self.spec.name.matches("abcd")': 14,
    'self.spec.name == self.spec.name': 16,
    '[self, self]': 12,
    '[1, 2]': 0,
    '{"a": 1}': 30,
    'true || self.spec.replicas == 1': 0,
  }
  for (const [source, cost] of Object.entries(costs)) {
    assert.equal(costOf(source, variables), cost, source)
  }
})

/** Expressions that would hold the process for long, were they not stopped. */
const hostile: Readonly<Record<string, string>> = {
  'loops in loops': `${'lists.range(1000).all(x, '.repeat(1)}lists.range(1000).all(y, lists.range(1000).all(z, true)))`,
  'texts that double': doubling('"a"', 'a + a', 60),
  'lists that double': doubling('[1]', 'a + a', 60),
  'a large range': 'lists.range(9000000000)',
  'texts in place of letters': `cel.bind(a, ${doubling('"abcdefghij"', 'a + a', 16)}, a.replace("", a))`,
  'lists of the same list':
    'cel.bind(a, lists.range(50000), lists.range(5000).map(x, a).flatten())',
  'comparisons of lists of the same list':
    'cel.bind(a, lists.range(50000), cel.bind(b, lists.range(50000), lists.range(4000).map(x, a) == lists.range(4000).map(x, b)))',
  sorting: 'lists.range(100000).map(x, -x).sort()',
  'an expression for texts that is repeated': `"${'a'.repeat(40_000)}".matches("((a{100}){100}){100}" + "")`,
  'many alternatives': `"${'a'.repeat(40_000)}".matches("^(a|a)*(b|a)*(a|b)*$" + "") && lists.range(2000).exists(x, "${'a'.repeat(4000)}".matches("(a*)*b" + ""))`,
  'expressions that are made in a loop':
    'lists.range(20000).all(x, "b".matches("^(?:a{900}|b)" + string(x) + "|b"))',
  'an expression of many states': `lists.range(500).exists(x, "${'ab'.repeat(2000)}c".matches("(?:[ab]{1,30}){1,30}$"))`,
  'a text that is formatted into itself': `cel.bind(a, ${doubling('"%s%s%s%s"', 'a + a', 12)}, a.format(lists.range(100000).map(x, a)))`,
}

function doubling(first: string, next: string, times: number): string {
  return `cel.bind(a, ${first}, `.concat(
    `cel.bind(a, ${next}, `.repeat(times),
    'a',
    ')'.repeat(times + 1),
  )
}

test('an expression cannot hold the process: it is stopped by what it costs', () => {
  for (const [name, source] of Object.entries(hostile)) {
    const compiled = compileRule(source, { variables: {} })
    if ('error' in compiled) {
      assert.match(compiled.error, /invalid matches argument|recursion limit/, name)
      continue
    }
    const started = process.cpuUsage()
    const result = compiled.evaluate({})
    const { user } = process.cpuUsage(started)
    assert.ok('error' in result, name)
    // Far more than it needs, far less than what it would take.
    assert.ok(user < 3_000_000, `${name} took ${user} µs`)
  }
})

test('what is long or deep is refused before it is checked', () => {
  assert.match(errorOf(`${'!'.repeat(50_000)}true`), /recursion limit exceeded/)
  assert.match(errorOf(`${'('.repeat(300)}1${')'.repeat(300)}`), /recursion limit exceeded: 250/)
  assert.match(errorOf(`"${'a'.repeat(100_001)}"`), /expression code point size exceeds limit/)
  assert.match(errorOf(Array(5000).fill('1').join('+')), /recursion limit exceeded/)
  assert.equal(errorOf(Array(5000).fill('true').join(' && ')), 'compiled: bool')
})

test('errors of an expression are absorbed by ||, but not what it costs', () => {
  const compiled = compileRule('lists.range(999999).all(x, true) || true', { variables: {} })
  assert.ok('evaluate' in compiled)
  const result = compiled.evaluate({})
  assert.ok('error' in result)
  assert.equal(result.error, 'operation cancelled: actual cost limit exceeded')
  assert.ok(result.isOverBudget && result.cost > perCallLimit)
})

test('expressions of one object share a budget', () => {
  const budget = { remaining: objectBudget().remaining / 10 }
  const compiled = compileRule('lists.range(10000).all(x, true)', { variables: {} })
  assert.ok('evaluate' in compiled)
  const results = Array.from({ length: 30 }, () => compiled.evaluate({}, budget))
  const stopped = results.findIndex((result) => 'error' in result)
  assert.equal(stopped, Math.floor(1_000_000 / (results[0]?.cost ?? 1)))
  assert.equal(budget.remaining, 0)
})

test('variables may have dots in their names, and are read only when they are needed', () => {
  const types = { 'variables.a': celTypes.int, 'variables.b': celTypes.int }
  const compiled = compileRule('variables.a == 1 || variables.b == 1', { variables: types })
  assert.ok('evaluate' in compiled)
  const values = {
    'variables.a': 1n,
    get 'variables.b'(): bigint {
      throw new Error('nobody needs it')
    },
  }
  assert.deepEqual(compiled.evaluate(values), { value: true, cost: 2 })
  assert.deepEqual([...compiled.variables], ['variables.a', 'variables.b'])
})

test('the authorizer is asked what the expression says, and about whom', () => {
  const asked: unknown[] = []
  const ask = (question: unknown) => {
    asked.push(question)
    return { allowed: true, reason: 'because' }
  }
  const variables = {
    authorizer: { type: opaqueType('Authorizer'), value: authorizerValue(ask) },
    'authorizer.requestResource': {
      type: opaqueType('ResourceCheck'),
      value: requestResourceValue(ask, { group: 'apps', resource: 'deployments', name: 'web' }),
    },
  }
  const resource = {
    group: '',
    resource: 'pods',
    subresource: 'status',
    namespace: 'default',
    name: 'x',
    fieldSelector: '',
    labelSelector: 'a=b',
  }
  const allowed =
    'authorizer.group("").resource("pods").subresource("status").namespace("default").name("x").labelSelector("a=b").check("get").allowed()'
  assert.equal(outcome(allowed, variables), true)
  assert.equal(
    outcome(
      'authorizer.serviceAccount("ns", "sa").path("/healthz").check("get").reason()',
      variables,
    ),
    'because',
  )
  assert.equal(outcome('authorizer.requestResource.check("scale").errored()', variables), false)
  assert.equal(
    outcome('authorizer.path("").check("get").allowed()', variables),
    'error: path must not be empty',
  )
  assert.deepEqual(asked, [
    { verb: 'get', resource },
    { verb: 'get', path: '/healthz', serviceAccount: { namespace: 'ns', name: 'sa' } },
    {
      verb: 'scale',
      resource: {
        group: 'apps',
        resource: 'deployments',
        subresource: '',
        namespace: '',
        name: 'web',
        fieldSelector: '',
        labelSelector: '',
      },
    },
  ])
})
