{{- define "volume-syncing-controller.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "volume-syncing-controller.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "volume-syncing-controller.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "volume-syncing-controller.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "volume-syncing-controller.selectorLabels" -}}
app.kubernetes.io/name: {{ include "volume-syncing-controller.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "volume-syncing-controller.labels" -}}
{{ include "volume-syncing-controller.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "volume-syncing-controller.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "volume-syncing-controller.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "volume-syncing-controller.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* `helm upgrade --reuse-values` brings the values of the chart that was installed. Where that did not have one yet, it is as in
     values.yaml: what every chart had is asked for as it is, all else by these or with `dig`. */}}
{{- define "volume-syncing-controller.replicas" -}}
{{- ternary .Values.replicas 2 (hasKey .Values "replicas") -}}
{{- end -}}

{{- define "volume-syncing-controller.pullPolicy" -}}
{{- default "IfNotPresent" .Values.image.pullPolicy -}}
{{- end -}}

{{/* Not empty where it is wanted. */}}
{{- define "volume-syncing-controller.certManager" -}}
{{- if dig "certManager" "enabled" false (default dict .Values.tls) }}true{{ end -}}
{{- end -}}

{{/* Not empty where it is wanted. */}}
{{- define "volume-syncing-controller.encryptionSecrets" -}}
{{- if dig "encryptionSecrets" true (default dict .Values.rbac) }}true{{ end -}}
{{- end -}}

{{/* Of the Secret that holds the webhook's certificate. */}}
{{- define "volume-syncing-controller.certificateSecret" -}}
{{- printf "%s-certificate" (include "volume-syncing-controller.fullname" . | trunc 51 | trimSuffix "-") -}}
{{- end -}}

{{/* How long a replica that ends goes on answering: what it is answering then has 5 s, and of a short time at least half. */}}
{{- define "volume-syncing-controller.drainSeconds" -}}
{{- $time := int .Values.terminationGracePeriodSeconds -}}
{{- $drain := ternary .Values.drainSeconds 10 (hasKey .Values "drainSeconds") -}}
{{- min $drain (max (sub $time 5) (div $time 2)) -}}
{{- end -}}

{{/* What is needed in each namespace whose Pods are looked at. */}}
{{- define "volume-syncing-controller.rules" -}}
- apiGroups: [riotkit.org]
  resources: [podfilesystemsyncs]
  verbs: [list, watch]
- apiGroups: [riotkit.org]
  resources: [podfilesystemsyncs/status]
  verbs: [patch]
# The labelled ones, for the status of the objects that select them. RBAC cannot say which.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if include "volume-syncing-controller.encryptionSecrets" . }}
# The keys of automaticEncryption: looked at by name, made where they are missing, never changed and never deleted.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create]
{{- end }}
{{- end -}}
