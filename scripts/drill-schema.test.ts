import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { report } from '../src/drills/report/report-fixture.ts'
import { drillReportSchema, schemaFile } from './drill-schema.ts'

test('the published schema is what the types say', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(schemaFile, 'utf8')),
    drillReportSchema(),
    'run node scripts/drill-schema.ts',
  )
})

test('the published schema takes a report, and nothing that lacks a member or has one of another type', () => {
  const isReport = new Ajv().compile(JSON.parse(readFileSync(schemaFile, 'utf8')))
  assert.ok(isReport(report), JSON.stringify(isReport.errors))
  assert.ok(isReport({ ...report, laterMember: 1 }))
  const { verdict: _verdict, ...withoutVerdict } = report
  assert.ok(!isReport(withoutVerdict))
  assert.ok(!isReport({ ...report, drills: [{ ...report.drills[0], verdict: 'maybe' }] }))
  assert.ok(!isReport({ ...report, apiVersion: 'drills.knarr.dev/v2' }))
})
