# Copyright: (c) 2026, The opsaudit.sessions developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every credential the emulator accepts. All are fake, and easy to find in any output that should not hold them."""

from __future__ import annotations

from collections.abc import Mapping

HUAWEI_TOKEN = "MIIFakeHuaweiTokenEMULATOR0000000000000000000000000000000000000001"
HUAWEI_AK = "EMULATORHUAWEIAK0001"
HUAWEI_SK = "EmulatorHuaweiSecretKeyNeverPrint0000001"
HUAWEI_TEMP_AK = "EMULATORHUAWEITEMP01"
HUAWEI_TEMP_SK = "EmulatorHuaweiTempSecretNeverPrint000001"
HUAWEI_SECURITY_TOKEN = "EmulatorHuawei.Security/Token+NeverPrint=="

IAM_USER = "emulator-auditor"
IAM_PASSWORD = "Emulator-Iam-Passw0rd-NeverPrint"
IAM_DOMAIN = "emulator-account"
IAM_DOMAIN_ID = "d78cbac186b744899480f25bd022f468"
IAM_USER_ID = "7116d09f88fa41908676fdd4b039e95b"

PROJECT_ID = "054e292c9880d4992f02c0196d3ea468"
PROJECT_NAME = "cn-north-4"
OTHER_PROJECT_ID = "0605767a5c3d4e1a8c9f2b7d4e6f8a10"
OTHER_PROJECT_NAME = "cn-southwest-2"

HOOP_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-bearer-never-print.c2lnbmF0dXJl"
HOOP_API_KEY = "hpk_EmulatorHoopManagedKeyNeverPrint0000000001a"
HOOP_LEGACY_KEY = "xapi-EmulatorHoopLegacyKeyNeverPrint0001"
HOOP_REVIEWER_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-reviewer-never-print.c2lnbmF0dXJl"
HOOP_STRANGER_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-stranger-never-print.c2lnbmF0dXJl"
HOOP_ADMIN_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-admin-never-print.c2lnbmF0dXJl"
HOOP_USER_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-user-never-print.c2lnbmF0dXJl"
HOOP_OTHER_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-other-org-never-print.c2lnbmF0dXJl"
HOOP_UNREGISTERED_TOKEN = "eyJhbGciOiJFTVVMQVRPUiJ9.emulator-hoop-unregistered-never-print.c2lnbmF0dXJl"
#: What userinfo says beside who it is; nobody is to print it.
HOOP_DIGEST = "emulatorintercomdigestneverprint00000000000000000000000000000001"
HOOP_ADMIN_KEY = "hpk_EmulatorHoopAdminKeyNeverPrint000000000002b"
HOOP_DEV_KEY = "hpk_EmulatorHoopDevKeyNeverPrint00000000000003c"
HOOP_BARE_KEY = "hpk_EmulatorHoopKeyWithoutGroupsNeverPrint0004d"

BAIDU_AK = "EMULATORBAIDUAK000000000000000001"
BAIDU_SK = "emulatorbaidusecretneverprint0001"
BAIDU_STS_AK = "EMULATORBAIDUSTSAK000000000000001"
BAIDU_STS_SK = "emulatorbaidustssecretneverprint1"
BAIDU_STS_TOKEN = "EmulatorBaiduSts/Token+NeverPrint==|0001"

SLACK_TOKEN = "T00000001/B00000001/EmulatorSlackNeverPrint01"
TEAMS_SIG = "EmulatorTeamsSig-NeverPrint_0000000000000001"
DINGTALK_SIGNED = "emulatordingtalksignedneverprint0000000000000000000000000000001"
DINGTALK_KEYWORD = "emulatordingtalkkeywordneverprint00000000000000000000000000000"
DINGTALK_SECRET = "SECemulatordingtalksecretneverprint00000000000000000000000001"
FEISHU_SIGNED = "e0000000-feis-hu00-sign-neverprint01"
FEISHU_PLAIN = "e0000000-feis-hu00-0000-neverprint02"
FEISHU_OLD = "e0000000-feis-hu00-0000-neverprint03"
FEISHU_SECRET = "EmulatorFeishuSecret"
WECOM_KEY = "e0000000-weco-m000-0000-neverprint04"
WEBHOOK_TOKEN = "emulator-webhook-never-print"

#: What must never appear in any output, log or file that a user gets.
SECRETS = (
    HUAWEI_TOKEN,
    HUAWEI_SK,
    HUAWEI_TEMP_SK,
    HUAWEI_SECURITY_TOKEN,
    IAM_PASSWORD,
    HOOP_TOKEN,
    HOOP_API_KEY,
    HOOP_LEGACY_KEY,
    HOOP_REVIEWER_TOKEN,
    HOOP_STRANGER_TOKEN,
    HOOP_ADMIN_TOKEN,
    HOOP_USER_TOKEN,
    HOOP_OTHER_TOKEN,
    HOOP_UNREGISTERED_TOKEN,
    HOOP_ADMIN_KEY,
    HOOP_DEV_KEY,
    HOOP_BARE_KEY,
    HOOP_DIGEST,
    BAIDU_SK,
    BAIDU_STS_SK,
    BAIDU_STS_TOKEN,
    SLACK_TOKEN.rpartition("/")[2],
    TEAMS_SIG,
    DINGTALK_SIGNED,
    DINGTALK_KEYWORD,
    DINGTALK_SECRET,
    FEISHU_SIGNED,
    FEISHU_PLAIN,
    FEISHU_OLD,
    FEISHU_SECRET,
    WECOM_KEY,
    WEBHOOK_TOKEN,
)


def chat_urls(base: str) -> dict[str, str]:
    """The webhooks of the chat services, by the format of their messages."""
    return {
        "json": f"{base}/json/{WEBHOOK_TOKEN}", "slack": f"{base}/slack/services/{SLACK_TOKEN}",
        "teams": f"{base}/teams/workflows/1/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig={TEAMS_SIG}",
        "dingtalk": f"{base}/dingtalk/robot/send?access_token={DINGTALK_SIGNED}",
        "feishu": f"{base}/feishu/open-apis/bot/v2/hook/{FEISHU_SIGNED}", "wecom": f"{base}/wecom/cgi-bin/webhook/send?key={WECOM_KEY}",
    }


def environment(urls: Mapping[str, str]) -> dict[str, str]:
    """Where the sources are and who asks: just what a user exports."""
    return {
        "HUAWEICLOUD_SDK_AK": HUAWEI_AK, "HUAWEICLOUD_SDK_SK": HUAWEI_SK, "HUAWEICLOUD_SDK_PROJECT_ID": PROJECT_ID,
        "HW_REGION_NAME": "cn-north-4", "TAURUSDB_ENDPOINT": urls["taurusdb"], "DATAARTS_FABRIC_ENDPOINT": urls["fabric"],
        "HOOP_APIURL": urls["hoop"], "HOOP_TOKEN": HOOP_TOKEN,
        "BCE_ACCESS_KEY_ID": BAIDU_AK, "BCE_SECRET_ACCESS_KEY": BAIDU_SK, "BCE_CA_ENDPOINT": urls["bcc"],
    }
