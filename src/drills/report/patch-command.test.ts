import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { patchCommand } from './patch-command.ts'
import { failedDrill, hostile } from './report-fixture.ts'

test('a shell reads the words of the command as they were meant', () => {
  const [patch] = failedDrill.advice?.patches ?? []
  assert.ok(patch)
  const words = execFileSync('sh', [
    '-c',
    `kubectl() { printf '%s\\n' "$@"; }; ${patchCommand(patch)}`,
  ])
  assert.deepEqual(`${words}`.trimEnd().split('\n'), [
    'patch',
    'deployment.apps',
    'web',
    '-n',
    'shop',
    '--type',
    'strategic',
    '-p',
    `{"metadata":{"annotations":{"why":"it's <needed>"}}}`,
  ])
})

test('an object that is to be created is applied', () => {
  const target = { ...hostile, apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }
  const patch = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' } }
  const command = patchCommand({ change: 'budget', text: '', target, type: 'create', patch })
  const given = execFileSync('sh', ['-c', `kubectl() { echo "$@"; cat; }; ${command}`])
  assert.equal(`${given}`, `apply -f -\n${JSON.stringify(patch)}`)
})
