# Registers TrueConfig's applications in one Entra tenant: a reader, and a writer if it has permissions below.
# Each gets exactly the permissions of Microsoft Graph listed here, admin consent for them, and a certificate as its
# only proof. Read it before you run it. It needs PowerShell 7, the modules named next, and an account with the roles
# Application Administrator and Privileged Role Administrator.
#
# First, on the TrueConfig host, make a key and a certificate for each, and bring the .crt files here; the .pem files
# hold the private keys and stay there:
#
#   for name in reader writer; do
#     openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj "/CN=TrueConfig $name" -keyout $name.key -out $name.crt
#     cat $name.key $name.crt > $name.pem && chmod 600 $name.pem && shred -u $name.key
#   done
#
# Then: pwsh ./register.ps1 -TenantId contoso.onmicrosoft.com -ReaderCertificate reader.crt -WriterCertificate writer.crt

#Requires -Version 7.0
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications

param(
    [Parameter(Mandatory)] [string] $TenantId,
    [Parameter(Mandatory)] [string] $ReaderCertificate,
    [string] $WriterCertificate
)
$ErrorActionPreference = 'Stop'

# Behind each permission: the controls that need it.
$reader = @(
@READER@
)
$writer = @(
@WRITER@
)

# Permissions for reading that not every tenant is offered yet, and what allows the same and more.
$wider = @{
    'GroupSettings.Read.All'           = 'Directory.Read.All'
    'LicenseAssignment.Read.All'       = 'Organization.Read.All'
    'Policy.Read.AuthenticationMethod' = 'Policy.Read.All'
}

function Register-TrueConfig([string] $Name, [string] $CertificateFile, [string[]] $Permissions) {
    if (Get-MgApplication -Filter "displayName eq '$Name'") {
        throw "An application named '$Name' is there already. Remove it, or change its permissions by hand."
    }
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem(
        (Get-Content -Raw $CertificateFile))
    $roles = foreach ($permission in $Permissions) {
        $role = $graph.AppRoles | Where-Object { $_.Value -eq $permission -and $_.AllowedMemberTypes -contains 'Application' }
        if (-not $role -and $wider[$permission]) {
            Write-Warning "'$permission' is not offered in this tenant; '$($wider[$permission])' takes its place."
            $role = $graph.AppRoles | Where-Object { $_.Value -eq $wider[$permission] -and $_.AllowedMemberTypes -contains 'Application' }
        }
        if (-not $role) { Write-Warning "'$permission' is not offered in this tenant; the controls that need it will say so." }
        $role
    }
    $roles = @($roles | Sort-Object -Property Id -Unique)
    $access = @{
        ResourceAppId  = $graph.AppId
        ResourceAccess = @($roles | ForEach-Object { @{ Id = $_.Id; Type = 'Role' } })
    }
    $key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = $Name }
    $application = New-MgApplication -DisplayName $Name -SignInAudience 'AzureADMyOrg' `
        -KeyCredentials @($key) -RequiredResourceAccess @($access)
    $principal = New-MgServicePrincipal -AppId $application.AppId
    foreach ($role in $roles) {
        New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id `
            -ResourceId $graph.Id -AppRoleId $role.Id | Out-Null
    }
    [pscustomobject]@{ Name = $Name; ClientId = $application.AppId; ObjectId = $principal.Id; Ends = $certificate.NotAfter }
}

Connect-MgGraph -TenantId $TenantId -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"

$made = @(Register-TrueConfig 'TrueConfig reader' $ReaderCertificate $reader)
if ($writer.Count -gt 0 -and $WriterCertificate) {
    $made += Register-TrueConfig 'TrueConfig writer' $WriterCertificate $writer
}
$made | Format-List

# For config.toml: client_id is ClientId, certificate_file the .pem, own_principals both ObjectIds.
