import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf } from '../cel-fixture.ts'
import { compileRule } from '../index.ts'

/** `first`, doubled so many times and bound to `a` around an expression. */
const doubled = (first: string, times: number, inner: string): string =>
  `cel.bind(a, ${first}, `.concat('cel.bind(a, a + a, '.repeat(times), inner, ')'.repeat(times + 1))
const range = (length: number, test: string): string => `lists.range(${length}).all(x, ${test})`

/** Expressions that take as long as the limit of an expression lets them, each by another function. */
const hostile: Readonly<Record<string, string>> = {
  loops: range(1000, `lists.range(1000).all(y, ${range(1000, 'true')})`),
  arithmetic: range(1000, 'lists.range(1000).all(y, x * y + 1 - 2 * x >= -1000)'),
  texts: 'lists.range(100000).map(x, "a" + string(x)).size() > 0',
  'texts that double': doubled('"a"', 60, 'a.size() > 0'),
  'lists that double': doubled('[1]', 60, 'a.size() > 0'),
  ranges: 'lists.range(900000).size() > 0',
  'lists of one list':
    'cel.bind(a, lists.range(50000), lists.range(5000).map(x, a).flatten().size() > 0)',
  'comparisons of lists of one list':
    'cel.bind(a, lists.range(10000), cel.bind(b, lists.range(10000), lists.range(80).map(x, a) == lists.range(80).map(x, b)))',
  'comparisons of maps':
    'cel.bind(a, lists.range(10000).transformMap(i, v, v), cel.bind(b, lists.range(10000).transformMap(i, v, v), lists.range(500).all(x, a == b)))',
  sorting: 'lists.range(100000).map(x, -x).sort().size() > 0',
  sizes: doubled('"abcdefghij"', 17, range(200_000, 'size(a) > 1')),
  'letters by place': doubled('"abcdefghij"', 16, range(200_000, 'a.charAt(600000) != "z"')),
  'upper case': doubled('"abcdefghij"', 14, range(200, 'a.upperAscii() != ""')),
  'expressions of many states': range(
    500,
    `!"${'ab'.repeat(2000)}c".matches("(?:[ab]{1,30}){1,30}$")`,
  ),
  'short expressions': range(200_000, '"abcdef".matches("^[a-z]+$")'),
  'all that matches': doubled('"abcdefghij"', 12, range(2000, 'a.findAll("[a-c]").size() > 0')),
  'IP addresses': range(200_000, 'ip("2001:db8::1").family() == 6'),
  networks: range(200_000, 'cidr("10.0.0.0/8").containsIP("10.1.2.3")'),
  URLs: range(200_000, 'url("https://example.com/a?b=c").getHost() != ""'),
  versions: range(200_000, 'semver("1.2.3").isLessThan(semver("1.2.4"))'),
  quantities: range(200_000, 'quantity("1Gi").isGreaterThan(quantity("1Mi"))'),
  moments: range(200_000, 'timestamp("2020-01-01T00:00:00Z").getHours() == 0'),
  'spans of time': range(200_000, 'duration("1h2m3s").getSeconds() > 0'),
  formats: range(200_000, '"%d %s %f".format([x, "a", 1.5]) != ""'),
}

/** What is aimed at is a tenth of a second; the rest is for slow and busy machines. */
const mostMs = 300

for (const [name, source] of Object.entries(hostile)) {
  test(`an expression of ${name} ends within a tenth of a second`, () => {
    const compiled = compileRule(source, { variables: {} })
    assert.ok('evaluate' in compiled, 'error' in compiled ? compiled.error : '')
    const times = Array.from({ length: 3 }, () => {
      const started = process.cpuUsage()
      compiled.evaluate({})
      return process.cpuUsage(started).user / 1000
    })
    assert.ok(Math.min(...times) < mostMs, `it took ${times} ms`)
  })
}

test('what does not hold the process costs what it does upstream', () => {
  assert.equal(costOf('isIP("10.0.0.1")'), 1)
  assert.equal(costOf(range(100, 'isIP("10.0.0.1")')), 512)
  assert.ok(costOf(range(20_000, 'isIP("10.0.0.1")')) > 1_000_000)
})
