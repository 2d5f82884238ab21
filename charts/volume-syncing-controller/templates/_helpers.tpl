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

{{/* Of the Secret that holds the webhook's certificate. */}}
{{- define "volume-syncing-controller.certificateSecret" -}}
{{- printf "%s-certificate" (include "volume-syncing-controller.fullname" . | trunc 51 | trimSuffix "-") -}}
{{- end -}}

{{/* How long a replica that ends goes on answering: what it is answering then has 5 s, and of a short time at least half. */}}
{{- define "volume-syncing-controller.drainSeconds" -}}
{{- $time := int .Values.terminationGracePeriodSeconds -}}
{{- min .Values.drainSeconds (max (sub $time 5) (div $time 2)) -}}
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
{{- if .Values.rbac.encryptionSecrets }}
# The keys of automaticEncryption: looked at by name, made where they are missing, never changed and never deleted.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create]
{{- end }}
{{- end -}}
