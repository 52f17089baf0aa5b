import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { projectRoot } from '../fixture/tools.ts'
import { packRelease, removeRelease, withOwnNode } from './packed.ts'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly runs: {
    readonly steps: readonly {
      readonly shell: string
      readonly env: Readonly<Record<string, string>>
      readonly run: string
    }[]
  }
}

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

describe('the Action', () => {
  const action: Action = parse(readFileSync(join(projectRoot, 'action/action.yml'), 'utf8'))
  let tarball: string
  let folder: string

  before(() => {
    tarball = packRelease().tarball
    folder = mkdtempSync(join(tmpdir(), 'knarr-action-'))
    writeFileSync(join(folder, 'a b.yaml'), manifest)
  })
  after(() => {
    removeRelease(dirname(tarball))
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs its steps one after the other as a runner does, until one fails. */
  function run(inputs: Readonly<Record<string, string>>) {
    const value = (text: string) =>
      text.replace(/\$\{\{ inputs\.(\w+) \}\}/, (_match, name: string) => {
        return inputs[name] ?? action.inputs[name]?.default ?? ''
      })
    const files = {
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    }
    for (const file of Object.values(files)) writeFileSync(file, '')
    let status = 0
    let said = ''
    for (const step of action.runs.steps) {
      const own = Object.fromEntries(
        Object.entries(step.env).map(([name, text]) => [name, value(text)]),
      )
      const env = { ...withOwnNode(), ...files, RUNNER_TEMP: folder, ...own }
      const argv = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run]
      const done = spawnSync('bash', argv, { cwd: folder, env, encoding: 'utf8' })
      said += done.stdout + done.stderr
      status = done.status ?? 1
      if (status !== 0) break
    }
    const read = (file: string) => readFileSync(file, 'utf8')
    return {
      status,
      said,
      output: read(files.GITHUB_OUTPUT),
      summary: read(files.GITHUB_STEP_SUMMARY),
    }
  }

  test('it installs the version that it belongs to', () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
    assert.equal(action.inputs.package?.default, `knarr@${version}`)
  })

  test('its steps fail when an objective is missed, and leave reports', () => {
    const { status, said, output, summary } = run({
      manifests: 'a b.yaml\n',
      drill: 'node-loss',
      arguments: '--no-advice\n--max-lost 0\n',
      package: tarball,
    })
    assert.equal(status, 1, said)
    assert.equal(output, 'verdict=missed\nreports=drill-reports\n')
    assert.match(summary, /^## ❌ knarr drill: fails\n/)
    const sarif = JSON.parse(readFileSync(join(folder, 'drill-reports/report.sarif'), 'utf8'))
    const { physicalLocation } = sarif.runs[0].results[0].locations[0]
    assert.equal(physicalLocation.artifactLocation.uri, 'a%20b.yaml')
  })

  test('its steps say when there is nothing to run on', () => {
    const { status, output } = run({ manifests: 'missing.yaml', package: tarball })
    assert.equal(status, 2)
    assert.equal(output, 'verdict=unusable\nreports=drill-reports\n')
  })
})
