"""OpenSLO documents for tests."""

from __future__ import annotations

POLICY = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: promises
spec:
  service: shop
  indicator:
    metadata: {name: policy}
    spec:
      ratioMetric:
        good: {metricSource: {type: holdfast, spec: {measure: policy}}}
        total: {metricSource: {type: holdfast, spec: {measure: decisions}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""
SOON = """apiVersion: openslo/v1
kind: SLI
metadata: {name: latency}
spec:
  thresholdMetric:
    metricSource: {type: holdfast, spec: {measure: latency, where: {slice: returns}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: soon}
spec:
  service: shop
  indicatorRef: latency
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives:
    - {op: lte, value: 2, target: 0.95, timeSliceTarget: 0.9, timeSliceWindow: 1m}
    - {op: lte, value: 10, target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 1m}
  alertPolicies: [{alertPolicyRef: fast}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: very-fast, annotations: {holdfast/short-window: 2m}}
      spec:
        severity: page
        condition: {kind: burnrate, threshold: 10, lookbackWindow: 30m}
"""
