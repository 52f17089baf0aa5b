import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeExpressions, polynomialExpressions } from './expressions.ts'
import { projectOf } from './project.ts'

test('an expression that backtracks through its input is found, one that does not is left', async () => {
  const project = projectOf({
    'src/a/x.ts': [
      'const trailing = /0+$/',
      'const adjoining = /^(\\d*)(\\d*)x$/',
      "const written = new RegExp('(a+)+$', 'i')",
      'const linear = /^[a-z]+(?:-[a-z]+)*$/',
    ].join('\n'),
  })
  assert.deepEqual(Object.keys(await polynomialExpressions(project)), [
    'a /(a+)+$/i',
    'a /0+$/',
    'a /^(\\d*)(\\d*)x$/',
  ])
})

test('an expression made of input is listed, since nobody can judge it', () => {
  const project = projectOf({
    'src/a/x.ts': 'export const of = (text: string) => new RegExp(text)',
  })
  assert.deepEqual(madeExpressions(project), { 'a new RegExp(text)': 1 })
})
