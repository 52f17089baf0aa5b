import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { reportForms, runDrills } from '#drills'
import { report } from '../../src/drills/report/report-fixture.ts'

/** Chromium looks up hosts of its maker at every start unless it is told not to. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('a report of drills in a browser', () => {
  let browser: Browser
  let folder: string
  const pages: { readonly name: string; readonly url: string }[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'knarr-browser-'))
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
    const real = await runDrills({
      manifests: [{ file: 'app.yaml', text: manifest }],
      drills: ['stop', 'node-loss'],
      seeds: 2,
    })
    for (const [name, shown] of [
      ['hostile', report],
      ['real', real],
    ] as const) {
      const file = join(folder, `${name}.html`)
      writeFileSync(file, reportForms.html(shown))
      pages.push({ name, url: pathToFileURL(file).href })
    }
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280]) {
      test(`${colorScheme}, ${width} px wide: nothing hangs over, nothing fails, axe finds nothing`, async () => {
        for (const { name, url } of pages) {
          // What axe is brought in by, the policy of the page would refuse.
          const context = await browser.newContext({
            colorScheme,
            viewport: { width, height: 900 },
            bypassCSP: true,
          })
          const page = await context.newPage()
          const said: string[] = []
          page.on('console', (message) => said.push(message.text()))
          page.on('pageerror', (error) => said.push(error.message))
          page.on('request', (request) =>
            said.push(...(request.url() === url ? [] : [request.url()])),
          )
          await page.goto(url)
          for (const summary of await page.locator('summary').all()) await summary.click()
          const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
          assert.ok(Number(beyond) <= 0, `${name} is ${beyond} px too wide`)
          assert.deepEqual(said, [])
          await page.addScriptTag({ content: axe })
          assert.deepEqual(
            await page.evaluate('axe.run().then(({ violations }) => violations)'),
            [],
          )
          await context.close()
        }
      })
    }
  }
})
