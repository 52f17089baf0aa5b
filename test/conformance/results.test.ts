import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { merge, type Outcome, page, type Results, regressionsOf } from './results.ts'
import { dryRun, outcomes } from './suite.ts'

const [first, second] = ['[sig-apps] One [Conformance]', '[sig-apps] Two | more [Conformance]']
const suite = { version: 'v1', names: [first, second] }
const passed: Outcome = { state: 'passed', seconds: 1 }
const failed: Outcome = { state: 'failed', seconds: 2, message: 'expected 1 to be 2' }

function after(before: Results['specs'], outcome: Outcome) {
  return merge({ version: 'v1', specs: before }, suite, 'real', new Map([[first, outcome]]))
}

test('a report gives what became of each spec that was asked for, in one line without what is drawn', () => {
  const spec = (leaf: string, state: string, message = '') => ({
    ContainerHierarchyTexts: ['[sig-apps]', 'A thing'],
    LeafNodeText: leaf,
    LeafNodeType: 'It',
    State: state,
    RunTime: 1_600_000_000,
    ...(message && { Failure: { Message: message } }),
  })
  const report = JSON.stringify([
    {
      SpecReports: [
        spec('works', 'passed'),
        spec(
          'breaks',
          'failed',
          `in "pods-1234":\n  ${join(tmpdir(), 'a', 'kubectl')}\tis not ready`,
        ),
        spec('hangs', 'timedout', 'too long'),
        spec('was interrupted', 'interrupted', 'by the user'),
        spec('is left out by itself', 'skipped', 'needs three nodes'),
        spec('is left out by the focus', 'skipped'),
        spec('is nobody’s', 'passed'),
        { ...spec('works', 'failed'), LeafNodeType: 'BeforeEach' },
        { ...spec('', 'passed'), ContainerHierarchyTexts: null, LeafNodeType: 'BeforeSuite' },
      ],
    },
  ])
  const names = [
    'works',
    'breaks',
    'hangs',
    'was interrupted',
    'is left out by itself',
    'is left out by the focus',
  ]
  const wanted = names.map((name) => `[sig-apps] A thing ${name}`)
  assert.deepEqual(
    [...outcomes(report, wanted).values()],
    [
      { state: 'passed', seconds: 2 },
      { state: 'failed', seconds: 2, message: 'in "pods-N": kubectl is not ready' },
      { state: 'failed', seconds: 2, message: 'too long' },
      { state: 'skipped', seconds: 2, message: 'needs three nodes' },
    ],
  )
})

test('a spec that passed before and fails now is a regression; one that never passed is none', () => {
  const regressed = (specs: Results['specs']) =>
    regressionsOf({ version: '', specs }, after(specs, failed), 'real')
  assert.deepEqual(regressed({ [first]: { real: passed } }), [first])
  assert.deepEqual(regressed({ [first]: { sim: passed } }), [])
  assert.deepEqual(regressed({}), [])
})

test('a cause is kept for as long as the spec fails, and what was not run stays as it was', () => {
  const before = { [first]: { real: failed, cause: 'no DNS' }, [second]: { sim: failed } }
  assert.deepEqual(after(before, failed).specs, before)
  assert.deepEqual(after(before, passed).specs, { ...before, [first]: { real: passed } })
})

test('the page counts every spec of the suite, and tells why those fail that do', () => {
  const text = page(after({ [second]: { sim: failed, cause: 'a | b' } }, passed))
  assert.match(text, /\| \*\*all\*\* \| \*\*2\*\* \| \*\*1, 0, 0, 1\*\* \| \*\*0, 1, 0, 1\*\* \|/)
  assert.match(text, /\| \\\[sig-apps\\\] Two \\\| more \| – \| failed \| a \\\| b \|/)
  assert.match(text, /\| \\\[sig-apps\\\] One \| passed \| – \|/)
})

test('docs/conformance.md is what the results say, and each failure has its cause', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8')
  const results = JSON.parse(read('results.json')) as Results
  assert.equal(read('../../docs/conformance.md'), page(results))
  const unexplained = Object.entries(results.specs)
    .filter(([, { real, sim }]) => [real, sim].some((outcome) => outcome?.state === 'failed'))
    .filter(([, { cause }]) => !cause)
  assert.deepEqual(unexplained, [])
})

test('features are counted apart from conformance, by the label at the end of their names', () => {
  const feature = '[sig-network] Netpol [Feature:Other] drops [Feature:NetworkPolicy]'
  const specs = { [first]: { real: passed }, [feature]: { sim: passed, real: failed } }
  const text = page({ version: 'v1', specs })
  assert.match(text, /\*\*all\*\* \| \*\*1\*\* \| \*\*1, 0, 0, 0\*\*/)
  assert.match(
    text,
    /no part of conformance:[\s\S]*\| Feature:NetworkPolicy \| 1 \| 0, 1, 0, 0 \| 1, 0, 0, 0 \|/,
  )
  assert.doesNotMatch(page({ version: 'v1', specs: { [first]: {} } }), /no part of conformance/)
})

test('a dry run gives the names of the specs that it would have run', () => {
  const spec = (LeafNodeText: string, State: string, LeafNodeType = 'It') => ({
    ContainerHierarchyTexts: ['[sig-network]'],
    LeafNodeText,
    LeafNodeType,
    State,
    RunTime: 0,
  })
  const SpecReports = [
    spec('b', 'passed'),
    spec('a', 'passed'),
    spec('c', 'skipped'),
    spec('d', 'passed', 'BeforeSuite'),
  ]
  assert.deepEqual(dryRun(JSON.stringify([{ SpecReports }])), [
    '[sig-network] a',
    '[sig-network] b',
  ])
})
