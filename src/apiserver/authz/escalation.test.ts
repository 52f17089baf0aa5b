import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyRule } from '#api'
import { escalationOf } from './escalation.ts'

const rule = (verbs: string, groups: string, resources: string, names?: string): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: groups.split(' '),
  resources: resources.split(' '),
  ...(names && { resourceNames: names.split(' ') }),
})
const paths = (verbs: string, urls: string): PolicyRule => ({
  verbs: verbs.split(' '),
  nonResourceURLs: urls.split(' '),
})

const cases: [name: string, held: PolicyRule[], granted: PolicyRule[], missing: string[]][] = [
  ['the same rule', [rule('get', 'apps', 'x')], [rule('get', 'apps', 'x')], []],
  [
    'less of several rules',
    [rule('get', 'a b', 'x y'), rule('list', 'a', 'x')],
    [rule('get list', 'a', 'x')],
    [],
  ],
  [
    'everything',
    [rule('*', '*', '*'), paths('*', '*')],
    [rule('*', '*', '*'), paths('get', '/x')],
    [],
  ],
  [
    'more verbs',
    [rule('get', 'a', 'x')],
    [rule('get list watch', 'a', 'x')],
    ['{APIGroups:["a"], Resources:["x"], Verbs:["list" "watch"]}'],
  ],
  [
    'all for one',
    [rule('get', 'a', 'x')],
    [rule('*', '*', '*')],
    ['{APIGroups:["*"], Resources:["*"], Verbs:["*"]}'],
  ],
  [
    'any name for one',
    [rule('get', 'a', 'x', 'n')],
    [rule('get', 'a', 'x')],
    ['{APIGroups:["a"], Resources:["x"], Verbs:["get"]}'],
  ],
  ['a name among all', [rule('get', 'a', 'x')], [rule('get', 'a', 'x', 'n')], []],
  [
    'a subresource by its pattern',
    [rule('get', 'a', '*/status')],
    [rule('get', 'a', 'x/status')],
    [],
  ],
  ['a path by its prefix', [paths('get', '/api/*')], [paths('get', '/api/v1')], []],
  [
    'a path beyond the prefix',
    [paths('get', '/api/*')],
    [paths('get', '/x')],
    ['{NonResourceURLs:["/x"], Verbs:["get"]}'],
  ],
]

for (const [name, held, granted, missing] of cases) {
  test(`granting ${name} is ${missing.length > 0 ? 'escalation' : 'no escalation'}`, () => {
    const head =
      'user "u" (groups=["g" "h"]) is attempting to grant RBAC permissions not currently held:'
    const want = missing.length > 0 ? [head, ...missing].join('\n') : undefined
    assert.equal(escalationOf({ name: 'u', groups: ['g', 'h'] }, held, granted), want)
  })
}
